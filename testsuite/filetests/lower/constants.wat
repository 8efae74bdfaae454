;;! test = "lower"
;; Slots get constants of 32 bits, zero- or sign-extended, or from the pool, which holds each once.

(module
  (func $unsigned (param i64) (local.set 0 (i64.const 0xffffffff)))
  (func $signed (param i64) (local.set 0 (i64.const -0x80000000)))
  (func $pool (param i64) (local.set 0 (i64.const 0x100000000)))
  (func $i32_minus (param i32) (local.set 0 (i32.const -1)))
  (func $f32 (param f32) (local.set 0 (f32.const 1.5)))
  (func $f64 (param f64) (local.set 0 (f64.const 1.5)))
  (func $pool_again (result f64) (f64.const 1.5))
  (func $operand (param f64) (result f64) (f64.mul (local.get 0) (f64.const 0.5)))
  (func $subtrahend (param i64) (result i64) (i64.sub (local.get 0) (i64.const 0x100000000)))
  (func $signed_operand (param i64) (result i64) (i64.and (local.get 0) (i64.const -65536)))
  (func $both (result i32) (i32.div_u (i32.const 7) (i32.const 2))))
