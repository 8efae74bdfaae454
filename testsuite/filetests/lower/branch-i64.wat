;;! test = "lower"
;; As `branch-i32.wat`, for i64.

(module
  (func $if (param i64 i64) (result i64)
    (if (i64.ge_u (local.get 0) (local.get 1)) (then (return (local.get 0))))
    (local.get 1))
  (func $zero (param i64)
    (block (br_if 0 (i64.eqz (local.get 0))) (unreachable)))
  (func $minus_one (param i64)
    (block (br_if 0 (i64.ne (local.get 0) (i64.const -1))) (unreachable)))
  (func $ge_constant (param i64)
    (block (br_if 0 (i64.ge_s (local.get 0) (i64.const 0))) (unreachable)))
  (func $large (param i64)
    (block (br_if 0 (i64.lt_s (local.get 0) (i64.const 0x123456789))) (unreachable))))

;; func 0 "if" sig=1 frame=3 depth=5 credit=2
;;   br_lt_u_ss       s0, s1, @0
;;   ret_s            s0
;; @0 h=2 credit=1
;;   ret_s            s1
;; func 1 "zero" sig=0 frame=2 depth=4 credit=2
;;   br_eq_si_pay     s0, 0, @0
;;   unreachable
;; @0 h=1 credit=1
;;   ret
;; func 2 "minus_one" sig=0 frame=2 depth=4 credit=2
;;   br_ne_si         s0, -1, @0
;;   unreachable
;; @0 h=1 credit=1
;;   ret
;; func 3 "ge_constant" sig=0 frame=2 depth=4 credit=2
;;   br_i64_gt_s_si_pay s0, -1, @0
;;   unreachable
;; @0 h=1 credit=1
;;   ret
;; func 4 "large" sig=0 frame=2 depth=4 credit=3
;;   const_pool       s1, pool[0]=0x123456789
;;   br_i64_lt_s_ss_pay s0, s1, @0
;;   unreachable
;; @0 h=1 credit=1
;;   ret
