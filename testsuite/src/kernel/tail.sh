# End of the guest's script: what is left behind.
sleep 1
after=$(slab)
echo "# before: $before"
echo "# after:  $after"
grew=$(( ${after##* } - ${before##* } ))
[ $grew -lt 256 ]; verdict "memory is given back (vmalloc grew by $grew KiB)" $?
rmmod cervus && ! grep -q ^cervus /proc/modules; verdict rmmod $?
# What a kernel says of a mitigation that was asked for is no complaint of ours.
! dmesg | grep -v 'Spectre V2' | grep -Eq 'WARNING:|BUG:|Oops|Call Trace|hung_task|blocked for more|soft lockup|rcu_sched|leak|general protection|scheduling while'; verdict 'the kernel has no complaint' $?
