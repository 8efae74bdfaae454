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

;; func 0 "gt" sig=4 frame=3 depth=5 credit=2
;;   i32_lt_s_ss      s2, s1, s0
;;   ret_a
;; func 1 "le_constant" sig=1 frame=2 depth=4 credit=2
;;   lt_u_si          s1, s0, 8
;;   ret_a
;; func 2 "constant_first" sig=0 frame=2 depth=4 credit=2
;;   i64_lt_s_si      s1, s0, 7
;;   ret_a
;; func 3 "le_max" sig=1 frame=2 depth=4 credit=3
;;   const_u          s1, 2147483647
;;   i32_le_s_ss      s1, s0, s1
;;   ret_a
;; func 4 "eqz" sig=1 frame=2 depth=4 credit=2
;;   eq_si            s1, s0, 0
;;   ret_a
;; func 5 "eqz_eqz" sig=1 frame=2 depth=4 credit=2
;;   ne_si            s1, s0, 0
;;   ret_a
;; func 6 "not_lt" sig=3 frame=3 depth=5 credit=2
;;   le_u_ss          s2, s1, s0
;;   ret_a
;; func 7 "float_ge" sig=2 frame=3 depth=5 credit=2
;;   f64_le_ss        s2, s1, s0
;;   ret_a
;; func 8 "not_float" sig=2 frame=3 depth=5 credit=3
;;   f64_lt_ss        s2, s0, s1
;;   eq_si            s2, s2, 0
;;   ret_a
