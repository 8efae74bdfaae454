# Beginning of the cases: functions that give verdicts, and the module's first life.
is() { # what expected-last-line command...
    what=$1 want=$2; shift 2
    out=$("$@" 2>&1)
    echo "$out" | quote
    last=$(echo "$out" | tail -n 1)
    [ "$last" = "$want" ] || echo "# wanted: $want"
    [ "$last" = "$want" ]; verdict "$what" $?
}
has() { # what pattern command...
    what=$1 want=$2; shift 2
    out=$("$@" 2>&1)
    echo "$out" | quote
    echo "$out" | grep -q "$want"; verdict "$what" $?
}
has32() { # as has, for a 32-bit program
    if [ -f /no32 ]; then skip "$1" "$(cat /no32)"; else has "$@"; fi
}
dmesg_has() { # what pattern
    dmesg | grep "$2" | tail -n 1 | quote
    dmesg | grep -q "$2"; verdict "$1" $?
}
# What the kernel has leaked while it booted is not ours.
leaks=/sys/kernel/debug/kmemleak
[ ! -f $leaks ] || echo clear >$leaks
insmod /cervus.ko; verdict insmod $?
uname -r | quote
cat /sys/devices/system/cpu/vulnerabilities/spectre_v2 2>/dev/null | quote
dmesg | grep 'cervus: ready' | quote
client run /images/hello_world.cvi >/dev/null
rmmod cervus; insmod /cervus.ko
in_use /tmp/before
