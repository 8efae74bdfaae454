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
with() { # parameter command...
    parameter=/sys/module/cervus/parameters/$1; shift
    echo 1 >$parameter; "$@"; echo 0 >$parameter
}
has32() { # as has, for a 32-bit program
    if [ -f /no32 ]; then skip "$1" "$(cat /no32)"; else has "$@"; fi
}
smp() { # has what...: where a shell need not share its processor with each of the guests
    if [ "$(nproc)" -lt 2 ]; then skip "$2" 'this kernel has one processor'; else "$@"; fi
}
dmesg_has() { # what pattern
    dmesg | grep "$2" | tail -n 1 | quote
    dmesg | grep -q "$2"; verdict "$1" $?
}
faulty() { # what pattern command...: as has, with allocations that fail, now and then if they are many
    if [ ! -d /sys/kernel/debug/failslab ]; then skip "$1" 'this kernel injects no faults'; return; fi
    for faults in /sys/kernel/debug/failslab /sys/kernel/debug/fail_page_alloc; do
        echo N >$faults/ignore-gfp-wait; echo Y >$faults/task-filter; echo 0 >$faults/verbose
        echo -1 >$faults/times; echo 3 >$faults/probability
    done
    echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
    has "$@"
}
group=/sys/fs/cgroup/small
in_group() {
    sh -c "echo \$\$ >$group/cgroup.procs; client run /images/grow.cvi" 2>&1
}
charged() { # without the charges that each processor keeps for the next allocations: 256 KiB
    sleep 1; echo 0 >$group/memory.high; echo max >$group/memory.high; cat $group/memory.current
}
memcg() { # a guest that grows in a small memory cgroup
    before=$(charged)
    out=$(in_group)
    after=$(charged)
    echo "# $out"; echo "# memory.current before: $before, after: $after"; quote <$group/memory.events
    pages=${out##*values=}; pages=${pages%% *}
    [ "${pages:-0}" -gt 64 ] && [ "$pages" -lt 512 ]; verdict "growing in a cgroup of 32 MiB ends at its limit ($pages pages)" $?
    grep -q '^oom_kill 0' $group/memory.events && [ $((after - before)) -lt 131072 ]
    verdict "nobody is killed, and the charge is given back" $?
}
# What the kernel has leaked while it booted is not ours.
leaks=/sys/kernel/debug/kmemleak
[ ! -f $leaks ] || echo clear >$leaks
insmod /cervus.ko; verdict insmod $?
uname -r | quote
cat /sys/devices/system/cpu/vulnerabilities/spectre_v2 2>/dev/null | quote
dmesg | grep 'cervus: ready' | quote
# What stays of first runs does not count: the cgroup and its pages of programs' files among it.
client run /images/hello_world.cvi >/dev/null
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir $group; echo 32M >$group/memory.max; in_group >/dev/null
rmmod cervus; insmod /cervus.ko
in_use /tmp/before
