;;! test = "verify"
;; An import has the signature of the host.

(module
  (import "env" "log" (func (param i32) (result i32))))

(module
  (import "env" "log" (func (param i32 i32))))
