;;! test = "lower"
;; A local that changes while its old value is still to be used is copied out first.

(module
  (func $set (param i32) (result i32)
    (local.get 0)
    (local.set 0 (i32.const 5))
    (i32.sub (local.get 0)))
  (func $tee (param i32) (result i32)
    (i32.sub (local.get 0) (local.tee 0 (i32.add (local.get 0) (i32.const 1)))))
  (func $twice (param i32) (result i32)
    (local.get 0) (local.get 0)
    (local.set 0 (i32.const 5))
    (i32.add) (i32.sub (local.get 0)))
  (func $swap (param i32 i32) (result i32)
    (local.get 0) (local.get 1)
    (local.set 0) (local.set 1)
    (i32.sub (local.get 0) (local.get 1)))
  (func $other (param i32 i32) (result i32)
    (local.get 0)
    (local.set 1 (i32.const 5))
    (i32.sub (local.get 1))))

;; func 0 "set" sig=0 frame=2 depth=4 credit=4
;;   copy_then_const_u s1, s0, s0, 5
;;   i32_sub_sa_n     s1
;;   ret_a
;; func 1 "tee" sig=0 frame=2 depth=4 credit=4
;;   copy_then_i32_add_si s1, s0, s0, s0, 1
;;   i32_sub_sa_n     s1
;;   ret_a
;; func 2 "twice" sig=0 frame=3 depth=5 credit=6
;;   copy             s1, s0
;;   copy_then_const_u s2, s0, s0, 5
;;   i32_add_ss_n     s2, s1
;;   i32_sub_as_n     s0
;;   ret_a
;; func 3 "swap" sig=1 frame=3 depth=5 credit=5
;;   copy             s2, s0
;;   copy_then_copy   s0, s1, s1, s2
;;   i32_sub_ss_n     s0, s1
;;   ret_a
;; func 4 "other" sig=1 frame=3 depth=5 credit=3
;;   const_u          s1, 5
;;   i32_sub_sa_n     s0
;;   ret_a
