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

;; func 0 "right" sig=1 frame=2 depth=4 credit=2
;;   i32_add_si_n     s0, 32767
;;   ret_a
;; func 1 "left" sig=1 frame=2 depth=4 credit=2
;;   i32_mul_si_n     s0, -32768
;;   ret_a
;; func 2 "too_large" sig=1 frame=2 depth=4 credit=3
;;   const_u_n        32768
;;   i32_add_as_n     s0
;;   ret_a
;; func 3 "sub_is_add" sig=0 frame=2 depth=4 credit=2
;;   i64_add_si       s1, s0, -5
;;   ret_a
;; func 4 "from_constant" sig=1 frame=2 depth=4 credit=2
;;   i32_sub_is       s1, 5, s0
;;   ret_a
;; func 5 "and_minus" sig=1 frame=2 depth=4 credit=2
;;   and_si_n         s0, -16
;;   ret_a
;; func 6 "or_minus" sig=1 frame=2 depth=4 credit=3
;;   const_u_n        0xfffffff0
;;   or_as_n          s0
;;   ret_a
;; func 7 "xor_minus" sig=1 frame=2 depth=4 credit=2
;;   i32_xor_si       s1, s0, -1
;;   ret_a
;; func 8 "shift_modulo" sig=1 frame=2 depth=4 credit=2
;;   i32_shl_si_n     s0, 3
;;   ret_a
;; func 9 "rotr_is_rotl" sig=0 frame=2 depth=4 credit=2
;;   i64_rotl_si      s1, s0, 56
;;   ret_a
;; func 10 "div" sig=1 frame=2 depth=4 credit=3
;;   const_u          s1, 0xfffffff9
;;   i32_div_s_ss     s1, s0, s1
;;   ret_a
