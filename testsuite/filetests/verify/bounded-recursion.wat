;;! test = "verify"
;;! bounded = true
;; Under the policy `bounded`, no function can call itself.

(module
  (func $even (param i32) ;; error: W0702 functions can call themselves: `even` → `odd` → `even`
    (call $odd (local.get 0)))
  (func $odd (param i32)
    (call $even (local.get 0))))

(module
  (func $even (param i32)
    (call $odd (local.get 0)))
  (func $odd (param i32)))
