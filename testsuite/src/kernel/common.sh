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

# Caches keep free objects and pages back; only what is left when they have been told to let go is in use. Much is
# freed by RCU, which takes its time for what the caches have let go: more of it where the machine is busy.
settle() { # SECONDS
    # The kernel unmaps memory late, when there are 64 MiB of it: two guests that grow to that size have it do so.
    for turn in 1 2; do client run /images/grow.cvi >/dev/null; done
    sleep 1
    echo 3 >/proc/sys/vm/drop_caches
    sleep "$1"
    for cache in /sys/kernel/slab/*; do
        [ -L "$cache" ] || echo 1 >"$cache/shrink"
    done
    # This loop has opened many files itself, and files are freed a while after they are closed.
    sleep 1
    [ ! -e /sys/kernel/slab/filp ] || echo 1 >/sys/kernel/slab/filp/shrink
}
in_use() { # FILE SECONDS: objects of each cache, and KiB that /proc/meminfo knows of
    settle "$2"
    {
        sed 1,2d /proc/slabinfo | awk '{ print "objects", $1, $2, $5 }'
        awk '/^(VmallocUsed|Percpu):/ { sub(":", "", $1); print "KiB", $1, $2 }' /proc/meminfo
    } >"$1"
    # Freed objects stay in the sanitizer's quarantine for a while; what was leaked is kmemleak's to tell.
    ! grep -q ' kasan_report$' /proc/kallsyms || sed -i /^objects/d "$1"
}
# Waits until memory is given back as it was: 1, and what has grown, if it still is not after a few looks. What is
# leaked does not come back; what is freed late does.
given_back() { # BEFORE SECONDS...
    before=$1; shift
    for seconds in "$@"; do
        in_use /tmp/after $seconds
        grew "$before" /tmp/after >/tmp/grew && return 0
    done
    quote </tmp/grew
    echo '# caches with more objects than before:'
    awk 'NR == FNR { was[$2] = $3; next } $3 > was[$2] { print $2, $3 - was[$2] }' "$before" /tmp/after | quote
    return 1
}
# Prints what has grown by more than the tolerance; 1 if something has.
#   objects: 64 of a cache, for the shell's own files and processes and for kworkers that came meanwhile, and a slab for every
#     processor: SLUB counts the slab that a processor allocates from as used up. The cases make 14,000 programs, 17,000
#     runs and 20,000 requests, so what is leaked for each of a kind is thousands.
#   VmallocUsed: 128 KiB, eight stacks of kworkers. Percpu: 16 KiB, a chunk may be split for others meanwhile.
grew() { # BEFORE AFTER
    awk -v cpus="$(nproc)" '
        NR == FNR { was[$2] = $3; next }
        {
            tolerance = $1 == "objects" ? 64 + cpus * $4 : $2 == "Percpu" ? 16 : 128
            if ($3 - was[$2] > tolerance) { print $2, "grew from", was[$2] + 0, "to", $3, $1; bad = 1 }
        }
        END { exit bad }' "$1" "$2"
}
