;;! test = "lower"
;; A table that is not the first, or that is imported, has no certified calls.

(module
  (type $v (func))
  (import "env" "table" (table $first 1 funcref))
  (table $second 1 funcref)
  (func $f)
  (elem (table $second) (i32.const 0) func $f)
  (func $call (call_indirect $second (type $v) (i32.const 0)))
  (func $imported (call_indirect $first (type $v) (i32.const 0))))

;; func 0 "f" sig=0 frame=0 depth=2 credit=1 ref
;;   ret
;; func 1 "call" sig=0 frame=1 depth=3 credit=4
;;   const_u          s0, 0
;;   callx_indirect_t s0, s0, sig0, t1
;;   ret
;; func 2 "imported" sig=0 frame=1 depth=3 credit=4
;;   const_u          s0, 0
;;   callx_indirect   s0, s0, sig0
;;   ret
