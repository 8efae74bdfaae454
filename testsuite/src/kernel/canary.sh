# Mistakes, and whether they are reported.
sings() { # mistake report
    echo "cervus-vm: expect $2" >/dev/kmsg
    insmod /cervus_canary.ko mistake=$1
    rmmod cervus_canary
    echo "cervus-vm: expected" >/dev/kmsg
    dmesg | grep -v cervus-vm: | grep "$2" | quote
    dmesg | grep -v cervus-vm: | grep -q "$2"; verdict "a mistake is reported: $1" $?
}
insmod /cervus.ko; verdict insmod $?

in_use /tmp/before 2
leaks=/sys/kernel/debug/kmemleak
if [ -f $leaks ]; then
    echo clear >$leaks
    echo "cervus-vm: expect new suspected memory leaks" >/dev/kmsg
    insmod /cervus_canary.ko mistake=leak
    sleep 6; echo scan >$leaks; echo scan >$leaks
    echo "cervus-vm: expected" >/dev/kmsg
    # User-mode Linux names no functions; who has allocated it is known.
    found=$(grep -c 'comm "insmod"' $leaks)
    # Some are not: stale copies of their addresses are still about.
    echo "# $found of 576 blocks are reported"
    [ "$found" -gt 288 ]; verdict 'a leak is reported by kmemleak' $?
else
    insmod /cervus_canary.ko mistake=leak
    skip 'a leak is reported by kmemleak' 'this kernel has no CONFIG_DEBUG_KMEMLEAK'
fi
rmmod cervus_canary
! given_back /tmp/before 2 2; verdict 'a leak is noticed by the count of memory in use' $?
