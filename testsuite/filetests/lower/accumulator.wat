;;! test = "lower"
;; A temporary that only the next op reads stays in the accumulator, without a store.

(module
  (memory 1)
  (func $left (param i32 i32 i32) (result i32)
    (i32.mul (i32.add (local.get 0) (local.get 1)) (local.get 2)))
  (func $right (param i32 i32 i32) (result i32)
    (i32.sub (local.get 2) (i32.add (local.get 0) (local.get 1))))
  (func $chain (param i64 i64) (result i64)
    (i64.xor (i64.shr_u (i64.mul (local.get 0) (i64.const 31)) (i64.const 7)) (local.get 1)))
  (func $address (param i32 i32) (result i32)
    (i32.load offset=8 (i32.add (local.get 0) (i32.shl (local.get 1) (i32.const 2)))))
  (func $condition (param i32 i32)
    (block (br_if 0 (i32.and (local.get 0) (local.get 1))) (unreachable)))
  (func $not_condition (param i32)
    (if (i32.and (local.get 0) (i32.const 1)) (then (unreachable))))
  (func $no_form (param i32 i32) (result i32)
    (i32.clz (i32.add (local.get 0) (local.get 1))))
  (func $float (param f64 f64) (result f64)
    (f64.sub (local.get 0) (f64.mul (local.get 0) (local.get 1)))))
