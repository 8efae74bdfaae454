;;! test = "lower"
;; A temporary that only the next op reads stays in the accumulator, without a store.

(module
  (memory 1)
  (func $left (param i32 i32 i32) (result i32)
    (i32.mul (i32.add (local.get 0) (local.get 1)) (local.get 2)))
  (func $right (param i32 i32 i32) (result i32)
    (i32.sub (local.get 2) (i32.add (local.get 0) (local.get 1))))
  (func $chain (param i64 i64) (result i64)
    (i64.xor (i64.shr_u (i64.mul (local.get 0) (i64.const 31)) (i64.const 7)) (local.get 1)))
  (func $address (param i32 i32) (result i32)
    (i32.load offset=8 (i32.add (local.get 0) (i32.shl (local.get 1) (i32.const 2)))))
  (func $condition (param i32 i32)
    (block (br_if 0 (i32.and (local.get 0) (local.get 1))) (unreachable)))
  (func $not_condition (param i32)
    (if (i32.and (local.get 0) (i32.const 1)) (then (unreachable))))
  (func $no_form (param i32 i32) (result i32)
    (i32.clz (i32.add (local.get 0) (local.get 1))))
  (func $float (param f64 f64) (result f64)
    (f64.sub (local.get 0) (f64.mul (local.get 0) (local.get 1)))))

;; func 0 "left" sig=5 frame=4 depth=6 credit=3
;;   i32_add_ss_n     s0, s1
;;   i32_mul_as_n     s2
;;   ret_a
;; func 1 "right" sig=5 frame=4 depth=6 credit=3
;;   i32_add_ss_n     s0, s1
;;   i32_sub_sa_n     s2
;;   ret_a
;; func 2 "chain" sig=3 frame=3 depth=5 credit=4
;;   i64_mul_si_n     s0, 31
;;   i64_shr_u_ai_n   7
;;   xor_as_n         s1
;;   ret_a
;; func 3 "address" sig=4 frame=3 depth=5 credit=4
;;   i32_shl_si_n_then_i32_add_as_n s1, 2, s0
;;   load32_u_a_n     +8
;;   ret_a
;; func 4 "condition" sig=1 frame=3 depth=5 credit=3
;;   and_ss_n         s0, s1
;;   br_if_a          @0
;;   unreachable
;; @0 h=2 credit=1
;;   ret
;; func 5 "not_condition" sig=0 frame=2 depth=4 credit=3
;;   and_si_n         s0, 1
;;   br_ifz_a         @0
;;   unreachable
;; @0 h=1 credit=1
;;   ret
;; func 6 "no_form" sig=4 frame=3 depth=5 credit=3
;;   i32_add_ss       s2, s0, s1
;;   i32_bits         s2, s2, 0
;;   ret_a
;; func 7 "float" sig=2 frame=3 depth=5 credit=3
;;   f64_mul_ss_n     s0, s1
;;   f64_sub_sa_n     s0
;;   ret_a
