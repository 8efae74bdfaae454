;;! test = "lower"
;; Address and value from slots, accumulator and immediates; far and absolute addresses.

(module
  (memory 2)
  (func $slots (param i32 i32) (i32.store offset=4 (local.get 0) (local.get 1)))
  (func $value_acc (param i32 i64) (i64.store (local.get 0) (i64.add (local.get 1) (i64.const 1))))
  (func $address_acc (param i32 i32) (i32.store8 (i32.add (local.get 0) (i32.const 1)) (local.get 1)))
  (func $immediate (param i32) (i64.store (local.get 0) (i64.const -2)))
  (func $narrow (param i32) (i32.store16 (local.get 0) (i32.const 0xffff)))
  (func $pool (param i32) (f64.store (local.get 0) (f64.const 1.5)))
  (func $far (param i32 i32) (i32.store offset=65536 (local.get 0) (local.get 1)))
  (func $absolute (param i32) (i32.store offset=16 (i32.const 1024) (local.get 0)))
  (func $absolute_constant (i32.store (i32.const 1024) (i32.const 7)))
  (func $same (param i32) (i32.store (local.get 0) (local.get 0)))
  (func $both_computed (param i32 i32)
    (f32.store (i32.add (local.get 0) (i32.const 4)) (f32.convert_i32_s (local.get 1)))))
