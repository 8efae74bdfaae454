;;! test = "lower"
;; Address from slot and accumulator; far and absolute addresses.

(module
  (memory 2)
  (func $slot (param i32) (result i32) (i32.load offset=65535 (local.get 0)))
  (func $acc (param i32) (result i64) (i64.load16_s (i32.shl (local.get 0) (i32.const 1))))
  (func $far (param i32) (result f64) (f64.load offset=65536 (local.get 0)))
  (func $absolute (result i32) (i32.load8_u offset=16 (i32.const 1024)))
  (func $past_the_end (result i32) (i32.load8_u offset=0xffffffff (i32.const 1)))
  (func $same_op (param i32) (result i64) (i64.load32_u (local.get 0)))
  (func $chain (param i32) (result i32) (i32.load (i32.load (local.get 0)))))
