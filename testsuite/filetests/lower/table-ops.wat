;;! test = "lower"
;; References are slots; the null reference is 0.

(module
  (table $t 2 10 funcref)
  (elem $e func $f)
  (elem declare func $get)
  (func $f)
  (func $get (param i32) (result i32) (ref.is_null (table.get $t (local.get 0))))
  (func $set (param i32) (table.set $t (local.get 0) (ref.func $get)))
  (func $null (param i32) (table.set $t (local.get 0) (ref.null func)))
  (func $grow (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0)))
  (func $init (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1)) (elem.drop $e)))

;; func 0 "f" sig=0 frame=0 depth=2 credit=1 ref
;;   ret
;; func 1 "get" sig=2 frame=2 depth=4 credit=10 ref
;;   table_get        s1, s0, t0
;;   eq_si            s1, s1, 0
;;   ret_a
;; func 2 "set" sig=1 frame=2 depth=4 credit=10
;;   ref_func         s1, f1  ; get
;;   table_set        s0, s1, t0
;;   ret
;; func 3 "null" sig=1 frame=2 depth=4 credit=10
;;   const_u          s1, 0
;;   table_set        s0, s1, t0
;;   ret
;; func 4 "grow" sig=2 frame=2 depth=4 credit=10
;;   const_u          s1, 0
;;   table_grow       s1, s1, s0, t0
;;   ret_s            s1
;; func 5 "init" sig=0 frame=3 depth=5 credit=20
;;   const_u          s0, 0
;;   const_u_then_const_u s1, 0, s2, 1
;;   table_init       s0, t0, e0
;;   elem_drop        e0
;;   ret
