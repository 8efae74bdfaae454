;;! test = "lower"
;; Results stand at the window; more of them are used where they are.

(module
  (import "env" "host" (func $host (param i32) (result i64)))
  (func $pair (param i32) (result i32 i32) (local.get 0) (local.get 0))
  (func $sub (param i32) (result i32) (call $pair (local.get 0)) (i32.sub))
  (func $pass (param i32) (result i32 i32) (call $pair (local.get 0)))
  (func $into_local (param i32) (local i32)
    (local.set 1 (call $sub (local.get 0))))
  (func $import (result i64) (i64.add (call $host (i32.const 5)) (i64.const 1))))

;; func 1 "pair" sig=4 frame=4 depth=6 credit=4
;;   zero             s1, x1
;;   copy_then_copy   s2, s0, s3, s0
;;   ret_n            s2, x2
;; func 2 "sub" sig=3 frame=3 depth=9 credit=5
;;   copy             s1, s0
;;   call             s1, f1  ; pair
;;   i32_sub_as_n     s2
;;   ret_a
;; func 3 "pass" sig=4 frame=4 depth=10 credit=5
;;   zero             s1, x1
;;   copy             s2, s0
;;   call             s2, f1  ; pair
;;   ret_n            s2, x2
;; func 4 "into_local" sig=1 frame=3 depth=13 credit=6
;;   zero             s1, x1
;;   copy             s2, s0
;;   call             s2, f2  ; sub
;;   copy_a           s1
;;   ret
;; func 5 "import" sig=0 frame=2 depth=4 credit=12
;;   zero             s0, x1
;;   const_u          s1, 5
;;   call_import      s1, i0  ; host
;;   i64_add_si       s1, s1, 1
;;   ret_a
