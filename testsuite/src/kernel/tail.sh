# End of the cases: what is left behind.
given_back /tmp/before 1 2 5 10 20; verdict 'memory is given back' $?
rmmod cervus && ! grep -q ^cervus /proc/modules; verdict rmmod $?
if [ -f $leaks ]; then
    # Blocks younger than five seconds are not looked at; a second scan drops what a register still held in the first.
    # It switches itself off when it runs out of memory, and then takes no orders.
    sleep 6; echo scan >$leaks && echo scan >$leaks; works=$?
    quote <$leaks
    [ $works = 0 ] && [ -z "$(cat $leaks)" ]; verdict 'kmemleak finds nothing' $?
else
    skip 'kmemleak finds nothing' 'this kernel has no CONFIG_DEBUG_KMEMLEAK'
fi
if [ -f /proc/lockdep_stats ]; then
    grep -q 'debug_locks: *1$' /proc/lockdep_stats; verdict 'lockdep is still on' $?
else
    skip 'lockdep is still on' 'this kernel has no CONFIG_PROVE_LOCKING'
fi
