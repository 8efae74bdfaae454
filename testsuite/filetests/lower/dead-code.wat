;;! test = "lower"
;; What cannot be reached is not lowered.

(module
  (func $after_return (param i32) (result i32)
    (return (local.get 0))
    (i32.add (i32.const 1)))
  (func $constant_condition (param i32) (result i32)
    (if (result i32) (i32.const 0) (then (unreachable)) (else (local.get 0))))
  (func $never (br_if 0 (i32.const 0)))
  (func $always (block (br_if 0 (i32.const 1)) (unreachable)))
  (func $unused_pure (param i32) (drop (i32.mul (local.get 0) (local.get 0)))))

;; func 0 "after_return" sig=2 frame=1 depth=3 credit=1
;;   ret_s            s0
;; func 1 "constant_condition" sig=2 frame=1 depth=3 credit=1
;; @0 h=1 credit=1
;;   ret_s            s0
;; func 2 "never" sig=0 frame=0 depth=2 credit=1
;;   ret
;; func 3 "always" sig=0 frame=0 depth=2 credit=1
;; @0 h=0 credit=1
;;   ret
;; func 4 "unused_pure" sig=1 frame=2 depth=4 credit=2
;;   i32_mul_ss       s1, s0, s0
;;   ret
