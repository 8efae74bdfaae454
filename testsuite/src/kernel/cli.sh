# The `cervus` command on the kernel engine, in the guest: goes between head.sh and tail.sh. Each check is one line
# that begins with is, has or dmesg_has, so that they can be counted. It wants `cervus` on the PATH and the
# examples under /examples, and leaves no program behind.
w=/tmp/cli; mkdir -p $w /etc
grep -q '^nobody:' /etc/passwd 2>/dev/null || echo 'nobody:x:65534:65534::/:/bin/sh' >>/etc/passwd
grep -q '^nobody:' /etc/group 2>/dev/null || echo 'nobody:x:65534:' >>/etc/group
hello=/examples/hello_world.wasm fib=/examples/fib.wasm
cat >$w/answer.wat <<'EOF'
(module (func (export "main") (result i32) i32.const 42))
EOF
cat >$w/spin.wat <<'EOF'
(module (func $forever (loop $l br $l)) (func (export "_start") call $forever))
EOF
cat >$w/trap.wat <<'EOF'
(module (memory 1) (func $deep i32.const 65536 i32.load drop) (func $middle call $deep)
  (func (export "_start") call $middle))
EOF
cat >$w/recurse.wat <<'EOF'
(module (func $again (result i32) (i32.add (call $again) (i32.const 1))) (func (export "main") (result i32) call $again))
EOF
cat >$w/grow.wat <<'EOF'
(module (memory 2) (func (export "main") (result i32) (memory.grow (i32.const 1))))
EOF
cat >$w/big.wat <<'EOF'
(module (memory 2000) (func (export "main")))
EOF
# Says one, two, then sleeps for a minute.
cat >$w/talk.wat <<'EOF'
(module (import "cwa" "log_write" (func $log (param i32 i32 i32))) (import "cwa" "runtime_msleep" (func $sleep (param i32)))
  (memory 1) (data (i32.const 0) "onetwo")
  (func (export "main") (call $log (i32.const 6) (i32.const 0) (i32.const 3)) (call $log (i32.const 3) (i32.const 3) (i32.const 3))
    (call $sleep (i32.const 60000))))
EOF
# Talks without end.
cat >$w/chatty.wat <<'EOF'
(module (import "cwa" "log_write" (func $log (param i32 i32 i32))) (import "cwa" "runtime_msleep" (func $sleep (param i32)))
  (memory 1) (data (i32.const 0) "line")
  (func (export "main") (loop $l (call $log (i32.const 6) (i32.const 0) (i32.const 4)) (call $sleep (i32.const 5)) br $l)))
EOF
cervus dump $hello --image $w/hello.cvi
code() { "$@" >/dev/null 2>&1; echo "code $?"; }
kernel() { cervus load --engine kernel "$@"; }
# What both engines print and end with, but for the number of the program.
plain() { "$@" 2>&1 | sed 's/([0-9]*)/(N)/; s/"id":[0-9]*/"id":N/; s/"engine":"[a-z]*"/engine/'; }
same() {
    plain kernel "$@" >$w/kernel; plain cervus load --engine embedded "$@" >$w/embedded
    cmp -s $w/kernel $w/embedded && [ -s $w/kernel ] && echo same && return
    echo kernel:; cat $w/kernel; echo embedded:; cat $w/embedded; echo different
}
# Runs $@, which is no function, in the background, waits until its program runs, does $act, and says how $@ ended.
while_running() {
    "$@" >$w/out 2>&1 & pid=$!
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        cervus ps | grep -q 'running\|sleeping' && break; usleep 100000
    done
    $act $pid >/dev/null; wait $pid; rc=$?; cat $w/out; echo "code $rc"
}
interrupt() { kill -INT $1; }
stop() { cervus stop spin; }
unload() { cervus unload spin; }
left() { usleep 300000; cervus ps | tail -n +2 | wc -l; }
first_line() { kernel "$@" 2>/dev/null | head -n 1 | sed 's/([0-9]*)/(N)/'; }
unprivileged() { su nobody -s /bin/sh -c "cervus $*" 2>&1; }
damaged() {
    cervus dump $fib --image $w/fib.cvi; cp $w/fib.cvi $w/bad.cvi
    printf '\377\377' | dd of=$w/bad.cvi bs=1 seek="$1" conv=notrunc 2>/dev/null; same $w/bad.cvi
}

has 'doctor: usable' 'The kernel engine can be used' cervus doctor
is 'doctor: exit code' 'code 0' code cervus doctor
has 'doctor: dispatch mode and reason' '^- *dispatch *by ' cervus doctor
has 'doctor: trial program' '^ok *kernel *runs programs' cervus doctor
has 'doctor: JSON' '"kernel_engine": true' cervus doctor --json
has 'load: hello' 'cervus: ([1-9][0-9]*) \[INFO\] Hello, world!' kernel $hello
dmesg_has 'load: hello in the kernel log' 'cervus: ([0-9]*) \[INFO\] Hello, world!'
has 'load: auto says kernel' 'note: the program runs in the kernel: /dev/cervus' cervus load $hello
is 'load: -q says nothing' 'cervus: (N) [INFO] Hello, world!' plain cervus load -q $hello
is 'cvload is load' 'cervus: (N) [INFO] 55' sh -c "ln -sf \$(which cervus) $w/cvload; $w/cvload -q $fib -- 10 | sed 's/([0-9]*)/(N)/'"
is 'load: exit code of the program' 'code 42' code kernel $w/answer.wat
is 'load: exit code of an example' 'code 2' code kernel $fib -- many
is 'load: arguments as embedded' same same /examples/args.wasm -- one 'two words' ''
is 'load: fuel and JSON as embedded' same same $fib --json -- 20
is 'load: trap and backtrace as embedded' same same $w/trap.wat
is 'load: trap as JSON as embedded' same same $w/trap.wat --json
is 'load: exit code of a trap' 'code 1' code kernel $w/trap.wat
is 'load: fuel limit as embedded' same same $w/spin.wat --fuel 1_000_000
has 'load: end of the stack' 'trapped: call stack exhausted' kernel $w/recurse.wat
has 'load: long backtraces say what they leave out' 'more frames' kernel $w/recurse.wat
is 'load: memory may grow' 'code 2' code kernel $w/grow.wat
is 'load: --max-pages' 'code 255' code kernel $w/grow.wat --max-pages 2
has 'load: limit of the module' 'starts with 2000 pages of memory, 1024 are allowed' kernel $w/big.wat
has 'load: limit of the module, what to do' 'parameters/max_pages' kernel $w/big.wat
is 'load: damaged code is refused as embedded' same damaged 200
is 'load: a damaged table hash is refused as embedded' same damaged 16
has 'load: a capability that is not granted' 'needs `log`, which is not granted' kernel --allow none $w/hello.cvi
act=interrupt
is 'Ctrl-C: exit code' 'code 130' while_running cervus load --engine kernel $w/spin.wat
has 'Ctrl-C: where it was' '0: forever (function 0' while_running cervus load --engine kernel $w/spin.wat
has 'Ctrl-C: sleeping programs, too' 'interrupted' while_running cervus load --engine kernel $w/talk.wat
act=stop
has 'stop: by name, from elsewhere' 'stopped by another command' while_running cervus load --engine kernel $w/spin.wat
act=unload
is 'unload: a program that another command follows' 'code 130' while_running cervus load --engine kernel $w/spin.wat
is 'load: a reader that goes away' 'cervus: (N) [INFO] line' first_line $w/chatty.wat
is 'load: ... takes the program with it' 0 left
has 'load --pin: prints the number' '^[1-9][0-9]*$' kernel --pin web $w/spin.wat
has 'ps: state and pin' 'spin *running *web' cervus ps
has 'ps: JSON' '"pin": "web"' cervus ps --json
has 'info: by pin' '^pin *web$' cervus info web
has 'info: no files but our own' '^files *0 open' cervus info spin
has 'info: JSON' '"state": "running"' cervus info web --json
has 'top: CPU time' 'spin *running *[1-9][0-9.]* ' cervus top -n 1
has 'top: JSON' '"cpu_percent":[1-9]' cervus top -n 1 --json
has 'load --pin: the name is taken' 'cannot pin the program: the name is taken' kernel --pin web $w/spin.wat
has 'pin: it is pinned already' 'pinned already' cervus pin spin other
has 'stop: what was, what is' 'spin was running, is stopped' cervus stop web
has 'stop: again' 'spin was not running: stopped' cervus stop web
has 'ps: stopped' 'spin *stopped *web' cervus ps
has 'unload: by pin' 'is unloaded' cervus unload web
is 'ps: nothing left' 0 left
has 'load --pin: sleeping program' '^[1-9]' kernel --pin talk $w/talk.wat
has 'logs: lines' '\[INFO\] one' sh -c 'sleep 1; cervus logs talk'
is 'logs: each record once' '' cervus logs talk
has 'unpin' 'talk is no pin any more' cervus unpin talk
is 'unpin: ended the program' 0 left
has 'logs -f: to the end of the run' '\[WARNING\] two' sh -c "cervus load -q --pin t $w/talk.wat; (sleep 2; cervus unload t >/dev/null) & cervus logs -f t"
has 'logs --json' '"event":"log","id":[0-9]*,"level":6,"text":"Hello, world!"' sh -c "cervus load -q --pin h $hello >/dev/null; sleep 1; cervus logs --json h; cervus unload h"
has 'no such program' 'there is no program nobody in the kernel' cervus info nobody
is 'no such program: exit code' 'code 2' code cervus stop 999999
has 'no such pin' 'cannot take the pin away' cervus unpin nobody
has 'without privileges: what is needed' 'may not be opened by this user' unprivileged ps
has 'without privileges: auto runs embedded' 'runs embedded, in this process: /dev/cervus may not' unprivileged load $hello
has 'without privileges: doctor' 'none of CAP_SYS_ADMIN' unprivileged doctor
is 'nothing is left' 0 left
rmmod cervus
has 'without the module: auto runs embedded' 'runs embedded, in this process: there is no /dev/cervus' cervus load $hello
has 'without the module: doctor' 'insmod PATH/cervus.ko' cervus doctor
is 'without the module: exit code' 'code 1' code cervus doctor
insmod /cervus.ko
rm -r $w
