;;! test = "lower"
;; Locals start as zero, in one op, besides the two slots of the frame header.

(module
  (func $none (param i32 i32))
  (func $three (param i32) (local i32 i64 f64))
  (func $results (result i32 i32 i32) (local i32) (i32.const 1) (i32.const 2) (i32.const 3)))

;; func 0 "none" sig=2 frame=2 depth=4 credit=1
;;   ret
;; func 1 "three" sig=1 frame=4 depth=6 credit=2
;;   zero             s1, x3
;;   ret
;; func 2 "results" sig=0 frame=6 depth=8 credit=5
;;   zero             s0, x3
;;   const_u          s3, 1
;;   const_u_then_const_u s4, 2, s5, 3
;;   ret_n            s3, x3
