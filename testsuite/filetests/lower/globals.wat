;;! test = "lower"
;; From slot and accumulator; a constant global is its value.

(module
  (import "env" "imported" (global $imported (mut i32)))
  (global $own (mut i64) (i64.const 5))
  (global $constant i32 (i32.const 1024))
  (func $get (result i64) (global.get $own))
  (func $add (global.set $own (i64.add (global.get $own) (i64.const 1))))
  (func $set (param i64) (global.set $own (local.get 0)))
  (func $set_constant (global.set $own (i64.const 9)))
  (func $is_constant (param i32) (result i32) (i32.add (local.get 0) (global.get $constant)))
  (func $import (global.set $imported (i32.add (global.get $imported) (i32.const 1)))))
