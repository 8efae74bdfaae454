;;! test = "lower"
;; An i32 stands zero-extended and floats as their bits: these conversions cost nothing.

(module
  (func $extend_u (param i32) (result i64) (i64.extend_i32_u (local.get 0)))
  (func $extend_u_sum (param i32 i64) (result i64)
    (i64.add (local.get 1) (i64.extend_i32_u (i32.add (local.get 0) (i32.const 1)))))
  (func $extend_s (param i32) (result i64) (i64.extend_i32_s (local.get 0)))
  (func $wrap (param i64) (result i32) (i32.wrap_i64 (local.get 0)))
  (func $reinterpret (param f32) (result i32) (i32.reinterpret_f32 (local.get 0)))
  (func $back (param i64) (result f64) (f64.reinterpret_i64 (local.get 0)))
  (func $nop_drop (param i32) (nop) (drop (local.get 0)) (drop (i32.const 1))))
