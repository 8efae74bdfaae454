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
