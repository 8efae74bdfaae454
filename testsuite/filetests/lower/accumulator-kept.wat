;;! test = "lower"
;; A value that is read again keeps its store; one in a local is read from the accumulator.

(module
  (func $twice (param i32 i32) (result i32) (local i32)
    (i32.mul (local.tee 2 (i32.add (local.get 0) (local.get 1))) (local.get 2)))
  (func $tee (param i32 i32) (result i32) (local i32)
    (i32.mul (local.tee 2 (i32.add (local.get 0) (local.get 1))) (local.get 0)))
  (func $not_last (param i32 i32) (result i32)
    (i32.mul (i32.add (local.get 0) (local.get 1)) (i32.sub (local.get 0) (local.get 1)))))

;; func 0 "twice" sig=0 frame=4 depth=6 credit=4
;;   zero             s2, x1
;;   i32_add_ss       s2, s0, s1
;;   i32_mul_ss       s3, s2, s2
;;   ret_a
;; func 1 "tee" sig=0 frame=4 depth=6 credit=4
;;   zero             s2, x1
;;   i32_add_ss       s2, s0, s1
;;   i32_mul_as_n     s0
;;   ret_a
;; func 2 "not_last" sig=0 frame=4 depth=6 credit=4
;;   i32_add_ss       s2, s0, s1
;;   i32_sub_ss_n     s0, s1
;;   i32_mul_as_n     s2
;;   ret_a
