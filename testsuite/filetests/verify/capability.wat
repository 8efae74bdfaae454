;;! test = "verify"
;;! allow = []
;; What an import may do is granted.

(module ;; error: W0306 the capability `log` is not granted; `env.log` needs it
  (import "env" "log" (func (param i32 i32))))

(module
  (import "env" "clock" (func (result i64))))
