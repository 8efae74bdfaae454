;;! test = "exec"
;; Memory and globals keep from call to call; a trap does not undo what was done.

(module
  (memory 1 2)
  (global $count (mut i64) (i64.const 5))
  (func (export "count") (result i64)
    (global.set $count (i64.add (global.get $count) (i64.const 1)))
    (global.get $count))
  (func (export "count_and_trap") (global.set $count (i64.const 100)) (unreachable))
  (func (export "put") (param i32 i64) (i64.store16 offset=2 (local.get 0) (local.get 1)))
  (func (export "get") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "grow") (param i32) (result i32 i32) (memory.grow (local.get 0)) (memory.size)))

;;= invoke "count" => 6
;;= invoke "count" => 7
;;= invoke "count_and_trap" => trap unreachable
;;= invoke "count" => 101
;;= invoke "put" 0 -1 =>
;;= invoke "get" 0 => -65536
;;= invoke "grow" 1 => 1 2
;;= invoke "grow" 1 => -1 2
;;= invoke "grow" 0 => 2 2
