;;! test = "lower"
;; Operands below a block go home first, for the code behind it expects them there.

(module
  (func (param i32 i32) (result i32)
    (local.get 0)
    (i32.const 5)
    (block (br_if 0 (local.get 1)) (local.set 0 (i32.const 9)))
    (i32.add)
    (i32.add (local.get 0))))

;; func 0 sig=0 frame=4 depth=6 credit=7
;;   copy_then_const_u s2, s0, s3, 5
;;   br_if_s          s1, @0
;;   const_u          s0, 9
;; @0 h=4 credit=3
;;   i32_add_ss_n     s2, s3
;;   i32_add_as_n     s0
;;   ret_a
