;;! test = "verify"
;; Globals are the module's own.

(module ;; error: W0305 the host offers no global, the module imports `env.base`
  (import "env" "base" (global i32)))

(module
  (global (export "base") i32 (i32.const 0)))
