;;! test = "lower"
;; The condition in a slot or in the accumulator; constants get slots.

(module
  (func $slots (param i32 i32 i32) (result i32)
    (select (local.get 0) (local.get 1) (local.get 2)))
  (func $acc (param i64 i64) (result i64)
    (select (local.get 0) (local.get 1) (i64.lt_s (local.get 0) (local.get 1))))
  (func $constants (param i32) (result i32)
    (select (i32.const 10) (i32.const 20) (local.get 0)))
  (func $constant_and_acc (param i32 i32) (result i32)
    (select (local.get 0) (i32.const 0) (i32.lt_s (local.get 0) (local.get 1))))
  (func $condition_is_value (param i32 i32) (result i32)
    (select (local.tee 0 (i32.add (local.get 0) (local.get 1))) (local.get 1) (local.get 0))))

;; func 0 "slots" sig=3 frame=4 depth=6 credit=2
;;   select           s3, s0, s1, s2
;;   ret_a
;; func 1 "acc" sig=1 frame=3 depth=5 credit=3
;;   i64_lt_s_ss      s2, s0, s1
;;   select_a         s2, s0, s1
;;   ret_a
;; func 2 "constants" sig=0 frame=3 depth=5 credit=4
;;   const_u_then_const_u s1, 10, s2, 20
;;   select           s1, s1, s2, s0
;;   ret_a
;; func 3 "constant_and_acc" sig=2 frame=4 depth=6 credit=4
;;   i32_lt_s_ss      s2, s0, s1
;;   const_u          s3, 0
;;   select           s2, s0, s3, s2
;;   ret_a
;; func 4 "condition_is_value" sig=2 frame=3 depth=5 credit=3
;;   i32_add_ss       s0, s0, s1
;;   select           s2, s0, s1, s0
;;   ret_a
