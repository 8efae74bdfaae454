;;! test = "lower"
;; Arguments are made where the callee finds them.

(module
  (func $f (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func $in_place (param i32 i32) (result i32)
    (call $f (i32.mul (local.get 0) (local.get 1)) (i32.sub (local.get 0) (local.get 1))))
  (func $locals (param i32 i32) (result i32) (call $f (local.get 1) (local.get 0)))
  (func $constants (result i32) (call $f (i32.const 1) (i32.const 2)))
  (func $made_last (param i32) (result i32)
    (call $f (local.get 0) (i32.add (local.get 0) (i32.const 1))))
  (func $made_first (param i32) (result i32)
    (call $f (i32.add (local.get 0) (i32.const 1)) (local.get 0)))
  (func $nested (param i32) (result i32)
    (call $f (call $f (local.get 0) (i32.const 1)) (call $f (local.get 0) (i32.const 2))))
  (func $below (param i32 i32) (result i32)
    (i32.mul (i32.add (local.get 0) (local.get 1)) (call $f (local.get 0) (local.get 1))))
  (func $result_at_home (param i32) (result i32)
    (i32.add (call $f (local.get 0) (i32.const 3)) (i32.const 1))))

;; func 0 "f" sig=2 frame=3 depth=5 credit=2
;;   i32_add_ss_n     s0, s1
;;   ret_a
;; func 1 "in_place" sig=2 frame=4 depth=9 credit=5
;;   i32_mul_ss       s2, s0, s1
;;   i32_sub_ss       s3, s0, s1
;;   call             s2, f0  ; f
;;   ret_a
;; func 2 "locals" sig=2 frame=4 depth=9 credit=5
;;   copy_then_copy   s2, s1, s3, s0
;;   call             s2, f0  ; f
;;   ret_a
;; func 3 "constants" sig=0 frame=3 depth=8 credit=6
;;   zero             s0, x1
;;   const_u_then_const_u s1, 1, s2, 2
;;   call             s1, f0  ; f
;;   ret_a
;; func 4 "made_last" sig=1 frame=3 depth=8 credit=5
;;   copy_then_i32_add_si s1, s0, s2, s0, 1
;;   call             s1, f0  ; f
;;   ret_a
;; func 5 "made_first" sig=1 frame=3 depth=8 credit=5
;;   i32_add_si_then_copy s1, s0, 1, s2, s0
;;   call             s1, f0  ; f
;;   ret_a
;; func 6 "nested" sig=1 frame=4 depth=9 credit=11
;;   copy_then_const_u s1, s0, s2, 1
;;   call             s1, f0  ; f
;;   copy_then_const_u s2, s0, s3, 2
;;   call             s2, f0  ; f
;;   call             s1, f0  ; f
;;   ret_a
;; func 7 "below" sig=2 frame=5 depth=10 credit=7
;;   i32_add_ss       s2, s0, s1
;;   copy_then_copy   s3, s0, s4, s1
;;   call             s3, f0  ; f
;;   i32_mul_as_n     s2
;;   ret_a
;; func 8 "result_at_home" sig=1 frame=3 depth=8 credit=6
;;   copy_then_const_u s1, s0, s2, 3
;;   call             s1, f0  ; f
;;   i32_add_ai_n     1
;;   ret_a
