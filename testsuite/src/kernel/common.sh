# Functions of the guest's scripts. Verdicts are KTAP; what commands print is quoted after a '#'.
n=0
verdict() { # what 0|1
    n=$((n + 1))
    if [ "$2" = 0 ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; fi
}
skip() { # what why
    n=$((n + 1))
    echo "ok $n - $1 # SKIP $2"
}
quote() { sed 's/^/# /'; }

# Caches keep free objects and pages back; only what is left when they have been told to let go is in use.
settle() {
    sleep 1
    echo 3 >/proc/sys/vm/drop_caches
    for cache in /sys/kernel/slab/*; do
        [ -L "$cache" ] || echo 1 >"$cache/shrink"
    done
}
in_use() { # FILE: objects of each cache, and KiB that /proc/meminfo knows of
    settle
    {
        sed 1,2d /proc/slabinfo | awk '{ print "objects", $1, $2, $5 }'
        awk '/^(VmallocUsed|Percpu):/ { sub(":", "", $1); print "KiB", $1, $2 }' /proc/meminfo
    } >"$1"
}
# Prints what has grown by more than the tolerance; 1 if something has.
#   objects: 32 of a cache, for the shell's own files and for kworkers that came meanwhile, and a slab for every
#     processor: SLUB counts the slab that a processor allocates from as used up. The cases make 14,000 programs, 17,000
#     runs and 20,000 requests, so what is leaked for each of a kind is thousands.
#   VmallocUsed: 128 KiB, eight stacks of kworkers. Percpu: 16 KiB, a chunk may be split for others meanwhile.
grew() { # BEFORE AFTER
    awk -v cpus="$(nproc)" '
        NR == FNR { was[$2] = $3; next }
        {
            tolerance = $1 == "objects" ? 32 + cpus * $4 : $2 == "Percpu" ? 16 : 128
            if ($3 - was[$2] > tolerance) { print $2, "grew from", was[$2] + 0, "to", $3, $1; bad = 1 }
        }
        END { exit bad }' "$1" "$2"
}
