;;! test = "lower"
;; Certified where the callees do not come back, checked where they do.

(module
  (type $leaf (func (param i32) (result i32)))
  (type $again (func (param i64) (result i64)))
  (table 3 funcref)
  (elem (i32.const 0) $double $recursive)
  (func $double (type $leaf) (i32.shl (local.get 0) (i32.const 1)))
  (func $recursive (type $again) (call_indirect (type $again) (local.get 0) (i32.const 1)))
  (func $certified (param i32) (result i32) (call_indirect (type $leaf) (i32.const 7) (local.get 0)))
  (func $outside (param i64 i32) (result i64) (call_indirect (type $again) (local.get 0) (local.get 1)))
  (func $index_made (param i32) (result i32)
    (call_indirect (type $leaf) (local.get 0) (i32.and (local.get 0) (i32.const 1)))))

;; func 0 "double" sig=1 frame=2 depth=4 credit=2 ref
;;   i32_shl_si_n     s0, 1
;;   ret_a
;; func 1 "recursive" sig=0 frame=3 depth=5 credit=5 ref
;;   copy_then_const_u s1, s0, s2, 1
;;   callx_indirect   s1, s2, sig0
;;   ret_a
;; func 2 "certified" sig=1 frame=2 depth=7 credit=4
;;   const_u          s1, 7
;;   call_indirect    s1, s0, sig1
;;   ret_a
;; func 3 "outside" sig=2 frame=3 depth=9 credit=4
;;   copy             s2, s0
;;   call_indirect    s2, s1, sig0
;;   ret_a
;; func 4 "index_made" sig=1 frame=3 depth=7 credit=5
;;   copy             s1, s0
;;   and_si           s2, s0, 1
;;   call_indirect    s1, s2, sig1
;;   ret_a
