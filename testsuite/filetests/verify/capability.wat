;;! test = "verify"
;;! allow = []
;; What an import may do is granted.

(module
  (import "env" "log" (func (param i32 i32))))

(module
  (import "env" "clock" (func (result i64))))
