;;! test = "lower"
;; Results go straight into locals, and reads of locals cost nothing.

(module
  (func $into_local (param i32 i32) (result i32)
    (local.set 0 (i32.add (local.get 0) (local.get 1)))
    (local.get 0))
  (func $tee (param i32 i32) (result i32)
    (i32.mul (local.tee 0 (i32.sub (local.get 1) (local.get 0))) (local.get 1)))
  (func $rename (param i32 i32) (result i32)
    (local.set 0 (local.get 1))
    (local.get 0))
  (func $itself (param i32) (result i32)
    (local.set 0 (local.get 0))
    (local.get 0)))

;; func 0 "into_local" sig=1 frame=3 depth=5 credit=2
;;   i32_add_ss       s0, s0, s1
;;   ret_a
;; func 1 "tee" sig=1 frame=3 depth=5 credit=3
;;   i32_sub_ss       s0, s1, s0
;;   i32_mul_as_n     s1
;;   ret_a
;; func 2 "rename" sig=1 frame=2 depth=4 credit=2
;;   copy             s0, s1
;;   ret_s            s0
;; func 3 "itself" sig=0 frame=1 depth=3 credit=1
;;   ret_s            s0
