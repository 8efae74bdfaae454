;;! test = "lower"
;; Comparisons as values: immediate forms, mirrored forms, `eqz` of a comparison.

(module
  (func $gt (param i32 i32) (result i32) (i32.gt_s (local.get 0) (local.get 1)))
  (func $le_constant (param i32) (result i32) (i32.le_u (local.get 0) (i32.const 7)))
  (func $constant_first (param i64) (result i32) (i64.gt_s (i64.const 7) (local.get 0)))
  (func $le_max (param i32) (result i32) (i32.le_s (local.get 0) (i32.const 0x7fffffff)))
  (func $eqz (param i32) (result i32) (i32.eqz (local.get 0)))
  (func $eqz_eqz (param i32) (result i32) (i32.eqz (i32.eqz (local.get 0))))
  (func $not_lt (param i64 i64) (result i32) (i32.eqz (i64.lt_u (local.get 0) (local.get 1))))
  (func $float_ge (param f64 f64) (result i32) (f64.ge (local.get 0) (local.get 1)))
  (func $not_float (param f64 f64) (result i32) (i32.eqz (f64.lt (local.get 0) (local.get 1)))))
