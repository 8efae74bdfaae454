# Beginning of the guest's script: functions that give verdicts, and the module's first life.
n=0
verdict() { # what 0|1
    n=$((n + 1))
    if [ "$2" = 0 ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; fi
}
is() { # what expected-last-line command...
    what=$1 want=$2; shift 2
    out=$("$@" 2>&1)
    echo "$out" | sed 's/^/# /'
    last=$(echo "$out" | tail -n 1)
    [ "$last" = "$want" ] || echo "# wanted: $want"
    [ "$last" = "$want" ]; verdict "$what" $?
}
has() { # what pattern command...
    what=$1 want=$2; shift 2
    out=$("$@" 2>&1)
    echo "$out" | sed 's/^/# /'
    echo "$out" | grep -q "$want"; verdict "$what" $?
}
with() { # parameter command...
    parameter=/sys/module/cervus/parameters/$1; shift
    echo 1 >$parameter; "$@"; echo 0 >$parameter
}
dmesg_has() { # what pattern
    dmesg | grep "$2" | tail -n 1 | sed 's/^/# /'
    dmesg | grep -q "$2"; verdict "$1" $?
}
memcg() { # a guest that grows in a small memory cgroup
    group=/sys/fs/cgroup/small
    [ -e /sys/fs/cgroup/cgroup.procs ] || mount -t cgroup2 none /sys/fs/cgroup
    echo +memory > /sys/fs/cgroup/cgroup.subtree_control
    mkdir -p $group; echo 32M > $group/memory.max
    # The first run brings what stays: pages of the programs' files, the shell's tables.
    sh -c "echo \$\$ > $group/cgroup.procs; client run /images/grow.cvi" >/dev/null
    sleep 1; before=$(cat $group/memory.current)
    out=$(sh -c "echo \$\$ > $group/cgroup.procs; client run /images/grow.cvi" 2>&1)
    sleep 1; after=$(cat $group/memory.current)
    echo "# $out"; echo "# memory.current before: $before, after: $after"; sed 's/^/# /' $group/memory.events
    pages=${out##*values=}; pages=${pages%% *}
    [ "${pages:-0}" -gt 64 ] && [ "$pages" -lt 512 ]; verdict "growing in a cgroup of 32 MiB ends at its limit ($pages pages)" $?
    grep -q '^oom_kill 0' $group/memory.events && [ $((after - before)) -lt 131072 ]
    verdict "nobody is killed, and the charge is given back" $?
}
insmod /cervus.ko; verdict insmod $?
echo "# $(cat /sys/devices/system/cpu/vulnerabilities/spectre_v2)"
dmesg | grep 'cervus: ready' | sed 's/^/# /'
client run /images/hello_world.cvi >/dev/null
rmmod cervus; insmod /cervus.ko
slab() { awk '/^(MemAvailable|Slab|VmallocUsed)/ { printf "%s %s ", $1, $2 }' /proc/meminfo; awk '/^VmallocUsed/ { print $2 }' /proc/meminfo; }
before=$(slab)
