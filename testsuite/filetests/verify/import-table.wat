;;! test = "verify"
;; Tables are the module's own.

(module ;; error: W0304 the host offers no table, the module imports `env.table`
  (import "env" "table" (table 1 funcref)))

(module
  (table (export "table") 1 funcref))
