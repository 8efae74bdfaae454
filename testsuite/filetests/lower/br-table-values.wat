;;! test = "lower"
;; Arms with values go by way of a stub for each target.

(module
  (func (param i32 i64) (result i64)
    (block $a (result i64)
      (i64.add (i64.const 1)
        (block $b (result i64)
          (br_table $a $b $a (local.get 1) (local.get 0))))))
  (func $at_home (param i32) (result i32)
    (block $a (result i32)
      (i32.mul
        (block $b (result i32)
          (br_table $b $a (i32.add (local.get 0) (i32.const 7)) (local.get 0)))
        (i32.const 3))))
  (func $returns (param i32 i32) (result i32)
    (block $a (result i32) (br_table $a 1 (local.get 1) (local.get 0)))))

;; func 0 sig=1 frame=4 depth=6 credit=5
;;   const_u_then_br_table s2, 1, s0, [@0, @1, @0]
;; @0 h=3 credit=3
;;   copy_then_br     s2, s1, @3
;; @1 h=3 credit=3
;;   copy             s3, s1
;; @2 h=4 credit=2
;;   i64_add_ss       s2, s2, s3
;; @3 h=3 credit=1
;;   ret_s            s2
;; func 1 "at_home" sig=0 frame=2 depth=4 credit=5
;;   i32_add_si       s1, s0, 7
;;   br_table         s0, [@0, @1]
;; @0 h=2 credit=3
;;   br               @2
;; @1 h=2 credit=2
;;   br               @3
;; @2 h=2 credit=2
;;   i32_mul_si       s1, s1, 3
;; @3 h=2 credit=1
;;   ret_s            s1
;; func 2 "returns" sig=2 frame=3 depth=5 credit=4
;;   br_table         s0, [@0, @1]
;; @0 h=2 credit=3
;;   copy_then_br     s2, s1, @2
;; @1 h=2 credit=1
;;   ret_s            s1
;; @2 h=3 credit=1
;;   ret_s            s2
