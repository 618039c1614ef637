export const help = `xdr-relay on this machine

  npm start                     the demo: customers in a simulated Microsoft cloud, read and kept current
  npm start -- --once           one full cycle, a summary, the end; in the default demo
                                tickets are walked through once, else the world stands still
  npm start -- --settings FILE  serve with your own settings (as in local.settings.json): no demo

Options (after npm start --)
  --once            end after one complete reading of every customer
  --json            last line of stdout is the summary as one JSON object; progress goes to stderr
  --tenants N       so many customers, 1 to 10000 (default 6, two of them with a ticket tool, one
                    broken to show its cure; with --tenants or --incidents none of these)
  --incidents N     so many incidents each (default 40)
  --seed S          another world; the same seed gives the same world (default 1)
  --data DIR        keep everything in DIR and go on from there the next time
  --port P          port of the API on 127.0.0.1 (default 7071; 0 takes any free one)
  --app DIR         host the app in DIR, as npm run package made it, instead of the one built here
  --settings FILE   settings to serve with; only --port and --app go with it
  --help            this text

Exit code: 0 done, or ended by Ctrl-C · 1 something broke · 2 wrong options, settings or a taken port
           130 or 143 where --once was interrupted before it was done
`;
