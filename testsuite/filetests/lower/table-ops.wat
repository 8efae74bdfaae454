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
