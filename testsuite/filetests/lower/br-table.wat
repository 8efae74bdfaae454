;;! test = "lower"
;; Arms without values go straight to their targets.

(module
  (func (param i32) (result i32)
    (block $a (block $b (block $c
      (br_table $a $b $c $b (local.get 0)))
      (return (i32.const 1)))
      (return (i32.const 2)))
    (i32.const 3))
  (func $constant
    (block $a (block $b (br_table $a $b (i32.const 0))) (unreachable)))
  (func $backward (param i32)
    (loop $l (block $b (br_table $l $b (local.get 0))))))

;; func 0 sig=2 frame=1 depth=3 credit=3
;;   br_table         s0, [@2, @1, @0, @1]
;; @0 h=1 credit=2
;;   const_u_n        1
;;   ret_a
;; @1 h=1 credit=2
;;   const_u_n        2
;;   ret_a
;; @2 h=1 credit=2
;;   const_u_n        3
;;   ret_a
;; func 1 "constant" sig=0 frame=0 depth=2 credit=1
;; @0 h=0 credit=1
;;   ret
;; func 2 "backward" sig=1 frame=1 depth=3 credit=1
;; @0 h=1 credit=1
;;   br_table_pay     s0, [@0, @1]
;; @1 h=1 credit=1
;;   ret
