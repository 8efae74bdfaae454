;; Calls in and out, eight to a turn; each export takes the number of turns.
(module
  (import "host" "nothing" (func $nothing))
  (import "host" "same" (func $same (param i32) (result i32)))
  (import "host" "add" (func $add (param i64 i64) (result i64)))
  (import "host" "sum" (func $sum (param i32 i32) (result i32)))
  (import "host" "sleep" (func $sleep))
  (type $unary (func (param i32) (result i32)))
  (memory (export "memory") 1)
  (table funcref (elem $own $same))

  (func $own (type $unary) (local.get 0))

  (func (export "own") (param $turns i32)
    (local $x i32)
    (loop $again
      (local.set $x (call $own (call $own (call $own (call $own (local.get $x))))))
      (local.set $x (call $own (call $own (call $own (call $own (local.get $x))))))
      (br_if $again (local.tee $turns (i32.sub (local.get $turns) (i32.const 1))))))

  (func (export "same") (param $turns i32)
    (local $x i32)
    (loop $again
      (local.set $x (call $same (call $same (call $same (call $same (local.get $x))))))
      (local.set $x (call $same (call $same (call $same (call $same (local.get $x))))))
      (br_if $again (local.tee $turns (i32.sub (local.get $turns) (i32.const 1))))))

  (func (export "nothing") (param $turns i32)
    (loop $again
      (call $nothing) (call $nothing) (call $nothing) (call $nothing)
      (call $nothing) (call $nothing) (call $nothing) (call $nothing)
      (br_if $again (local.tee $turns (i32.sub (local.get $turns) (i32.const 1))))))

  (func (export "add") (param $turns i32)
    (local $x i64)
    (loop $again
      (local.set $x (call $add (call $add (local.get $x) (i64.const 1)) (i64.const 2)))
      (local.set $x (call $add (call $add (local.get $x) (i64.const 3)) (i64.const 4)))
      (local.set $x (call $add (call $add (local.get $x) (i64.const 5)) (i64.const 6)))
      (local.set $x (call $add (call $add (local.get $x) (i64.const 7)) (i64.const 8)))
      (br_if $again (local.tee $turns (i32.sub (local.get $turns) (i32.const 1))))))

  (func (export "sum") (param $turns i32)
    (loop $again
      (drop (call $sum (i32.const 0) (i32.const 16))) (drop (call $sum (i32.const 8) (i32.const 16)))
      (drop (call $sum (i32.const 0) (i32.const 16))) (drop (call $sum (i32.const 8) (i32.const 16)))
      (drop (call $sum (i32.const 0) (i32.const 16))) (drop (call $sum (i32.const 8) (i32.const 16)))
      (drop (call $sum (i32.const 0) (i32.const 16))) (drop (call $sum (i32.const 8) (i32.const 16)))
      (br_if $again (local.tee $turns (i32.sub (local.get $turns) (i32.const 1))))))

  (func $through (param $turns i32) (param $element i32)
    (local $x i32)
    (loop $again
      (local.set $x (call_indirect (type $unary) (call_indirect (type $unary) (local.get $x)
        (local.get $element)) (local.get $element)))
      (local.set $x (call_indirect (type $unary) (call_indirect (type $unary) (local.get $x)
        (local.get $element)) (local.get $element)))
      (local.set $x (call_indirect (type $unary) (call_indirect (type $unary) (local.get $x)
        (local.get $element)) (local.get $element)))
      (local.set $x (call_indirect (type $unary) (call_indirect (type $unary) (local.get $x)
        (local.get $element)) (local.get $element)))
      (br_if $again (local.tee $turns (i32.sub (local.get $turns) (i32.const 1))))))
  (func (export "own through a table") (param i32) (call $through (local.get 0) (i32.const 0)))
  (func (export "same through a table") (param i32) (call $through (local.get 0) (i32.const 1)))

  (func (export "sleep") (param $turns i32)
    (loop $again
      (call $sleep) (call $sleep) (call $sleep) (call $sleep)
      (call $sleep) (call $sleep) (call $sleep) (call $sleep)
      (br_if $again (local.tee $turns (i32.sub (local.get $turns) (i32.const 1))))))

  (func (export "turns") (param $turns i32)
    (loop $again
      (br_if $again (local.tee $turns (i32.sub (local.get $turns) (i32.const 1)))))))
