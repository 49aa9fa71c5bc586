# Completion of authcli for PowerShell (5.1 or later)
# Made by: authcli completion powershell

Register-ArgumentCompleter -Native -CommandName authcli -ScriptBlock {
    param($word, $commandAst, $cursor)
    $program = Get-Command authcli -CommandType Application -ErrorAction Ignore |
        Select-Object -First 1
    if (-not $program) { return }

    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { $_.Extent.Text })
    # Before 7.3 an empty argument does not arrive; authcli takes two quotes for one.
    $words += if ($word) { "$word" } else { '""' }

    $before = $env:_AUTHCLI_COMPLETE
    $env:_AUTHCLI_COMPLETE = '1'
    try { $lines = @(& $program -- @words 2>$null) }
    finally { $env:_AUTHCLI_COMPLETE = $before }

    foreach ($line in $lines) {
        $value, $text = $line -split "`t", 2
        if ($value -ne ':files') {
            $shown = if ($value -match '^[\w.:/=+-]+$') { $value } else { "'$value'" }
            $tip = if ($text) { $text } else { $value }
            [System.Management.Automation.CompletionResult]::new(
                $shown, $value, 'ParameterValue', $tip)
        } elseif ($text -match '^[0-9]+$') {
            $count = [Math]::Min([int]$text, "$word".Length)
            $head = "$word".Substring(0, $count)
            $path = "$word".Substring($count)
            [System.Management.Automation.CompletionCompleters]::CompleteFilename($path) |
                ForEach-Object {
                    $file = $_.CompletionText -replace "^'(.*)'$", '$1'
                    $whole = "$head$file"
                    if ($whole -notmatch '^[\w.:/\\~=+-]+$') { $whole = "'$whole'" }
                    [System.Management.Automation.CompletionResult]::new(
                        $whole, $_.ListItemText, $_.ResultType, $_.ToolTip)
                }
        }
    }
}
