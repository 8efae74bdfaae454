;;! test = "lower"
;; Step, comparison and backward branch of a counted loop are one op.

(module
  (func $ne (param $n i32) (local $i i32)
    (loop $l
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.ne (local.get $i) (local.get $n)))))
  (func $tee (param $n i32) (local $i i32)
    (loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get $n)))))
  (func $constant (local $i i32)
    (loop $l (br_if $l (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100)))))
  (func $down (param $n i32)
    (loop $l (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func $i64 (param $n i64) (local $i i64)
    (loop $l (br_if $l (i64.ne (local.tee $i (i64.add (local.get $i) (i64.const 1))) (local.get $n)))))
  (func $forward (param $n i32) (local $i i32)
    (block $b
      (br_if $b (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n)))
      (unreachable)))
  (func $limit_steps (param $n i32)
    (loop $l (br_if $l (i32.ne (local.tee $n (i32.add (local.get $n) (i32.const 1))) (local.get $n))))))

;; func 0 "ne" sig=2 frame=3 depth=5 credit=3
;;   zero             s1, x1
;; @0 h=2 credit=2
;;   loop_i32_ne_u_pay s1, s0, @0
;;   ret
;; func 1 "tee" sig=2 frame=3 depth=5 credit=3
;;   zero             s1, x1
;; @0 h=2 credit=2
;;   loop_i32_lt_u_s_pay s1, 4, s0, @0
;;   ret
;; func 2 "constant" sig=0 frame=2 depth=4 credit=4
;;   zero             s0, x1
;; @0 h=1 credit=3
;;   i32_add_si       s0, s0, 1
;;   br_i32_lt_s_si_pay s0, 100, @0
;;   ret
;; func 3 "down" sig=2 frame=2 depth=4 credit=2
;; @0 h=1 credit=2
;;   loop_i32_ne_z_pay s0, -1, @0
;;   ret
;; func 4 "i64" sig=1 frame=3 depth=5 credit=4
;;   zero             s1, x1
;; @0 h=2 credit=3
;;   i64_add_si       s1, s1, 1
;;   br_ne_as_pay     s0, @0
;;   ret
;; func 5 "forward" sig=2 frame=3 depth=5 credit=4
;;   zero             s1, x1
;;   i32_add_si       s1, s1, 1
;;   br_ne_as_pay     s0, @0
;;   unreachable
;; @0 h=2 credit=1
;;   ret
;; func 6 "limit_steps" sig=2 frame=2 depth=4 credit=3
;; @0 h=1 credit=3
;;   i32_add_si       s0, s0, 1
;;   br_ne_ss_pay     s0, s0, @0
;;   ret
