;;! test = "lower"
;; Comparison and branch become one op, and so does the negation in between.

(module
  (func $if (param i32 i32) (result i32)
    (if (i32.lt_s (local.get 0) (local.get 1)) (then (return (local.get 0))))
    (local.get 1))
  (func $br_if (param i32 i32) (result i32)
    (block (br_if 0 (i32.gt_u (local.get 0) (local.get 1))) (local.set 0 (local.get 1)))
    (local.get 0))
  (func $eqz (param i32 i32) (result i32)
    (block (br_if 0 (i32.eqz (i32.eq (local.get 0) (local.get 1)))) (local.set 0 (i32.const 1)))
    (local.get 0))
  (func $zero (param i32) (result i32)
    (block (br_if 0 (i32.eqz (local.get 0))) (local.set 0 (i32.const 1)))
    (local.get 0))
  (func $le_constant (param i32) (result i32)
    (block (br_if 0 (i32.le_s (local.get 0) (i32.const 9))) (local.set 0 (i32.const 1)))
    (local.get 0))
  (func $minus_one (param i32) (result i32)
    (block (br_if 0 (i32.eq (local.get 0) (i32.const -1))) (local.set 0 (i32.const 1)))
    (local.get 0))
  (func $large (param i32) (result i32)
    (block (br_if 0 (i32.lt_u (local.get 0) (i32.const 100000))) (local.set 0 (i32.const 1)))
    (local.get 0))
  (func $computed (param i32 i32) (result i32)
    (block (br_if 0 (i32.lt_s (i32.add (local.get 0) (local.get 1)) (local.get 1))) (local.set 0 (i32.const 1)))
    (local.get 0)))

;; func 0 "if" sig=1 frame=3 depth=5 credit=2
;;   br_i32_le_s_ss_pay s1, s0, @0
;;   ret_s            s0
;; @0 h=2 credit=1
;;   ret_s            s1
;; func 1 "br_if" sig=1 frame=3 depth=5 credit=3
;;   br_lt_u_ss       s1, s0, @0
;;   copy             s0, s1
;; @0 h=2 credit=1
;;   ret_s            s0
;; func 2 "eqz" sig=1 frame=3 depth=5 credit=3
;;   br_ne_ss         s0, s1, @0
;;   const_u          s0, 1
;; @0 h=2 credit=1
;;   ret_s            s0
;; func 3 "zero" sig=0 frame=2 depth=4 credit=3
;;   br_ifz_s         s0, @0
;;   const_u          s0, 1
;; @0 h=1 credit=1
;;   ret_s            s0
;; func 4 "le_constant" sig=0 frame=2 depth=4 credit=3
;;   br_i32_lt_s_si   s0, 10, @0
;;   const_u          s0, 1
;; @0 h=1 credit=1
;;   ret_s            s0
;; func 5 "minus_one" sig=0 frame=2 depth=4 credit=3
;;   br_i32_eq_si_pay s0, -1, @0
;;   const_u          s0, 1
;; @0 h=1 credit=1
;;   ret_s            s0
;; func 6 "large" sig=0 frame=2 depth=4 credit=4
;;   const_u_n        100000
;;   br_gt_u_as_pay   s0, @0
;;   const_u          s0, 1
;; @0 h=1 credit=1
;;   ret_s            s0
;; func 7 "computed" sig=1 frame=3 depth=5 credit=4
;;   i32_add_ss_n     s0, s1
;;   br_i32_lt_s_as_pay s1, @0
;;   const_u          s0, 1
;; @0 h=2 credit=1
;;   ret_s            s0
