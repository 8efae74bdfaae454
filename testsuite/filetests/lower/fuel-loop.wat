;;! test = "lower"
;; A loop pays on its backward edge what a turn costs; an inner one leaves that to itself.

(module
  (func $loop (param i32 i32)
    (loop
      (local.set 0 (i32.mul (local.get 0) (local.get 1)))
      (local.set 0 (i32.mul (local.get 0) (local.get 1)))
      (local.set 0 (i32.mul (local.get 0) (local.get 1)))
      (br_if 0 (local.get 0))))
  (func $nested (param i32 i32)
    (loop
      (loop
        (local.set 0 (i32.mul (local.get 0) (local.get 1)))
        (local.set 0 (i32.mul (local.get 0) (local.get 1)))
        (br_if 0 (local.get 0)))
      (br_if 0 (local.get 1))))
  (func $while (param i32 i32)
    (block $out
      (loop $next
        (br_if $out (i32.eqz (local.get 0)))
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (br $next)))))

;; func 0 "loop" sig=0 frame=3 depth=5 credit=5
;; @0 h=2 credit=5
;;   i32_mul_ss       s0, s0, s1
;;   i32_mul_as       s0, s1
;;   i32_mul_as       s0, s1
;;   br_if_a_pay      @0
;;   ret
;; func 1 "nested" sig=0 frame=3 depth=5 credit=5
;; @0 h=2 credit=5
;;   i32_mul_ss       s0, s0, s1
;;   i32_mul_as       s0, s1
;;   br_if_a_pay      @0
;;   br_if_s_pay      s1, @0
;;   ret
;; func 2 "while" sig=0 frame=3 depth=5 credit=3
;; @0 h=2 credit=3
;;   br_ifz_s         s0, @1
;;   i32_add_si_then_br_pay s0, s0, -1, @0
;; @1 h=2 credit=1
;;   ret
