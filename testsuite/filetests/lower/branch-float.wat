;;! test = "lower"
;; `!(a < b)` is not `a >= b` for floats: negated conditions have ops of their own.

(module
  (func $lt (param f64 f64) (block (br_if 0 (f64.lt (local.get 0) (local.get 1))) (unreachable)))
  (func $gt (param f64 f64) (block (br_if 0 (f64.gt (local.get 0) (local.get 1))) (unreachable)))
  (func $if_lt (param f64 f64) (if (f64.lt (local.get 0) (local.get 1)) (then (unreachable))))
  (func $if_ge (param f32 f32) (if (f32.ge (local.get 0) (local.get 1)) (then (unreachable))))
  (func $if_eq (param f32 f32) (if (f32.eq (local.get 0) (local.get 1)) (then (unreachable))))
  (func $eqz (param f32 f32)
    (block (br_if 0 (i32.eqz (f32.le (local.get 0) (local.get 1)))) (unreachable)))
  (func $constant (param f64)
    (block (br_if 0 (f64.lt (local.get 0) (f64.const 1.5))) (unreachable))))

;; func 0 "lt" sig=1 frame=3 depth=5 credit=2
;;   br_f64_lt_ss_pay s0, s1, @0
;;   unreachable
;; @0 h=2 credit=1
;;   ret
;; func 1 "gt" sig=1 frame=3 depth=5 credit=2
;;   br_f64_lt_ss_pay s1, s0, @0
;;   unreachable
;; @0 h=2 credit=1
;;   ret
;; func 2 "if_lt" sig=1 frame=3 depth=5 credit=2
;;   br_f64_not_lt_ss_pay s0, s1, @0
;;   unreachable
;; @0 h=2 credit=1
;;   ret
;; func 3 "if_ge" sig=2 frame=3 depth=5 credit=3
;;   f32_le_ss        s2, s1, s0
;;   br_ifz_a         @0
;;   unreachable
;; @0 h=2 credit=1
;;   ret
;; func 4 "if_eq" sig=2 frame=3 depth=5 credit=3
;;   float_eq_ne      s2, s0, s1, 1
;;   br_if_a          @0
;;   unreachable
;; @0 h=2 credit=1
;;   ret
;; func 5 "eqz" sig=2 frame=3 depth=5 credit=3
;;   f32_le_ss        s2, s0, s1
;;   br_ifz_a         @0
;;   unreachable
;; @0 h=2 credit=1
;;   ret
;; func 6 "constant" sig=0 frame=2 depth=4 credit=3
;;   const_pool       s1, pool[0]=0x3ff8000000000000
;;   br_f64_lt_ss_pay s0, s1, @0
;;   unreachable
;; @0 h=1 credit=1
;;   ret
