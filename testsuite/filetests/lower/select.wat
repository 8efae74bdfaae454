;;! test = "lower"
;; The condition in a slot or in the accumulator; constants get slots.

(module
  (func $slots (param i32 i32 i32) (result i32)
    (select (local.get 0) (local.get 1) (local.get 2)))
  (func $acc (param i64 i64) (result i64)
    (select (local.get 0) (local.get 1) (i64.lt_s (local.get 0) (local.get 1))))
  (func $constants (param i32) (result i32)
    (select (i32.const 10) (i32.const 20) (local.get 0)))
  (func $constant_and_acc (param i32 i32) (result i32)
    (select (local.get 0) (i32.const 0) (i32.lt_s (local.get 0) (local.get 1))))
  (func $condition_is_value (param i32 i32) (result i32)
    (select (local.tee 0 (i32.add (local.get 0) (local.get 1))) (local.get 1) (local.get 0))))
