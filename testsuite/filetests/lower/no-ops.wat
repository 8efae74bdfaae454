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

;; func 0 "extend_u" sig=4 frame=1 depth=3 credit=1
;;   ret_s            s0
;; func 1 "extend_u_sum" sig=5 frame=3 depth=5 credit=3
;;   i32_add_si_n     s0, 1
;;   i64_add_as_n     s1
;;   ret_a
;; func 2 "extend_s" sig=4 frame=2 depth=4 credit=2
;;   i64_extend32_s_s_n s0
;;   ret_a
;; func 3 "wrap" sig=3 frame=2 depth=4 credit=2
;;   i32_wrap_s       s1, s0
;;   ret_a
;; func 4 "reinterpret" sig=1 frame=1 depth=3 credit=1
;;   ret_s            s0
;; func 5 "back" sig=2 frame=1 depth=3 credit=1
;;   ret_s            s0
;; func 6 "nop_drop" sig=0 frame=1 depth=3 credit=1
;;   ret
