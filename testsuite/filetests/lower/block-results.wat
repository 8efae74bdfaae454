;;! test = "lower"
;; Values of a block are at home where its ways meet; the last op makes them there.

(module
  (func $if_else (param i32 i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (local.get 1) (i32.const 1)))
      (else (i32.const 7))))
  (func $no_branch (param i32) (result i32)
    (block (result i32) (i32.add (local.get 0) (i32.const 1))))
  (func $br_if (param i32 i32) (result i32)
    (block (result i32)
      (drop (br_if 0 (local.get 1) (local.get 0)))
      (i32.const 3)))
  (func $two (param i32 i32) (result i32)
    (block (result i32 i32)
      (local.get 1) (local.get 0)
      (br_if 0 (local.get 0)))
    (i32.sub))
  (func $loop_param (param i32) (result i32)
    (local.get 0)
    (loop (param i32) (result i32)
      (i32.sub (i32.const 1))
      (br_if 0 (local.get 0)))))

;; func 0 "if_else" sig=2 frame=3 depth=5 credit=4
;;   br_ifz_s         s0, @0
;;   i32_add_si       s2, s1, 1
;;   br               @1
;; @0 h=2 credit=2
;;   const_u          s2, 7
;; @1 h=3 credit=1
;;   ret_s            s2
;; func 1 "no_branch" sig=1 frame=2 depth=4 credit=2
;;   i32_add_si_n     s0, 1
;;   ret_a
;; func 2 "br_if" sig=2 frame=3 depth=5 credit=4
;;   br_ifz_s         s0, @0
;;   copy_then_br     s2, s1, @1
;; @0 h=2 credit=2
;;   const_u          s2, 3
;; @1 h=3 credit=1
;;   ret_s            s2
;; func 3 "two" sig=2 frame=4 depth=6 credit=6
;;   br_ifz_s         s0, @0
;;   copy             s2, s1
;;   copy_then_br     s3, s0, @1
;; @0 h=2 credit=4
;;   copy_then_copy   s2, s1, s3, s0
;; @1 h=4 credit=2
;;   i32_sub_ss_n     s2, s3
;;   ret_a
;; func 4 "loop_param" sig=1 frame=2 depth=4 credit=4
;;   copy             s1, s0
;; @0 h=2 credit=3
;;   i32_add_si       s1, s1, -1
;;   br_if_s_pay      s0, @0
;;   ret_a
