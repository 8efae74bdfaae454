;;! test = "lower"
;; Constants of 16 bits are immediates, on either side of what commutes.

(module
  (func $right (param i32) (result i32) (i32.add (local.get 0) (i32.const 32767)))
  (func $left (param i32) (result i32) (i32.mul (i32.const -32768) (local.get 0)))
  (func $too_large (param i32) (result i32) (i32.add (local.get 0) (i32.const 32768)))
  (func $sub_is_add (param i64) (result i64) (i64.sub (local.get 0) (i64.const 5)))
  (func $from_constant (param i32) (result i32) (i32.sub (i32.const 5) (local.get 0)))
  (func $and_minus (param i32) (result i32) (i32.and (local.get 0) (i32.const -16)))
  (func $or_minus (param i32) (result i32) (i32.or (local.get 0) (i32.const -16)))
  (func $xor_minus (param i32) (result i32) (i32.xor (i32.const -1) (local.get 0)))
  (func $shift_modulo (param i32) (result i32) (i32.shl (local.get 0) (i32.const 35)))
  (func $rotr_is_rotl (param i64) (result i64) (i64.rotr (local.get 0) (i64.const 8)))
  (func $div (param i32) (result i32) (i32.div_s (local.get 0) (i32.const -7))))
