;;! test = "lower"
;; Calls inside a cycle of the call graph are checked; those into it are not.

(module
  (func $fib (param i32) (result i32)
    (if (i32.lt_u (local.get 0) (i32.const 2)) (then (return (local.get 0))))
    (i32.add
      (call $fib (i32.sub (local.get 0) (i32.const 1)))
      (call $fib (i32.sub (local.get 0) (i32.const 2)))))
  (func $start (result i32) (call $fib (i32.const 20)))
  (func $even (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
    (call $odd (i32.sub (local.get 0) (i32.const 1))))
  (func $odd (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
    (call $even (i32.sub (local.get 0) (i32.const 1)))))

;; func 0 "fib" sig=1 frame=3 depth=5 credit=9
;;   br_gt_u_si       s0, 1, @0
;;   ret_s            s0
;; @0 h=1 credit=8
;;   i32_add_si       s1, s0, -1
;;   callx            s1, f0  ; fib
;;   i32_add_si       s2, s0, -2
;;   callx            s2, f0  ; fib
;;   i32_add_as_n     s1
;;   ret_a
;; func 1 "start" sig=0 frame=2 depth=8 credit=5
;;   zero             s0, x1
;;   const_u          s1, 20
;;   call             s1, f0  ; fib
;;   ret_a
;; func 2 "even" sig=1 frame=2 depth=4 credit=5
;;   br_if_s          s0, @0
;;   const_u_n        1
;;   ret_a
;; @0 h=1 credit=4
;;   i32_add_si       s1, s0, -1
;;   callx            s1, f3  ; odd
;;   ret_a
;; func 3 "odd" sig=1 frame=2 depth=4 credit=5
;;   br_if_s          s0, @0
;;   const_u_n        0
;;   ret_a
;; @0 h=1 credit=4
;;   i32_add_si       s1, s0, -1
;;   callx            s1, f2  ; even
;;   ret_a
