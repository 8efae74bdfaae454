;;! test = "lower"
;; Arguments are made where the callee finds them.

(module
  (func $f (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func $in_place (param i32 i32) (result i32)
    (call $f (i32.mul (local.get 0) (local.get 1)) (i32.sub (local.get 0) (local.get 1))))
  (func $locals (param i32 i32) (result i32) (call $f (local.get 1) (local.get 0)))
  (func $constants (result i32) (call $f (i32.const 1) (i32.const 2)))
  (func $made_last (param i32) (result i32)
    (call $f (local.get 0) (i32.add (local.get 0) (i32.const 1))))
  (func $made_first (param i32) (result i32)
    (call $f (i32.add (local.get 0) (i32.const 1)) (local.get 0)))
  (func $nested (param i32) (result i32)
    (call $f (call $f (local.get 0) (i32.const 1)) (call $f (local.get 0) (i32.const 2))))
  (func $below (param i32 i32) (result i32)
    (i32.mul (i32.add (local.get 0) (local.get 1)) (call $f (local.get 0) (local.get 1))))
  (func $result_at_home (param i32) (result i32)
    (i32.add (call $f (local.get 0) (i32.const 3)) (i32.const 1))))
