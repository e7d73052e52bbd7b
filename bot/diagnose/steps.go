package diagnose

// Step is a machine word for what happens next; the composer has its sentence.
type Step string

// Actor says who takes a step.
type Actor string

// The actors.
const (
	ActorMerchant   Actor = "merchant"
	ActorCardholder Actor = "cardholder"
	ActorAcquirer   Actor = "acquirer"
	ActorBank       Actor = "bank" // the merchant's own account bank
	ActorBot        Actor = "bot"
	ActorNobody     Actor = "nobody"
)

// The steps. StepTable says who takes each and what it means.
const (
	WaitUntilDue        Step = "wait_until_due"
	DoNotReswipe        Step = "do_not_reswipe"
	QueryOnTerminal     Step = "query_on_terminal"
	WaitAutoReversal    Step = "wait_auto_reversal"
	BotRechecks         Step = "bot_rechecks"
	FollowCode          Step = "follow_code"
	CollectAgain        Step = "collect_again"
	CardholderAsksBank  Step = "cardholder_asks_bank"
	CollectDebitProof   Step = "collect_debit_proof"
	UploadOffline       Step = "upload_offline"
	KeepReceipts        Step = "keep_receipts"
	CompletePreauth     Step = "complete_preauth"
	CancelPreauth       Step = "cancel_preauth"
	CheckShift          Step = "check_shift"
	RefundToCard        Step = "refund_to_card"
	SupplyEvidence      Step = "supply_evidence"
	SubmitDocs          Step = "submit_docs"
	ReviewDecides       Step = "review_decides"
	ContactAcquirer     Step = "contact_acquirer"
	ContactAccountBank  Step = "contact_bank_account"
	AskBankLimit        Step = "ask_bank_limit"
	RebindClass1        Step = "rebind_class1"
	ChangeAccount       Step = "change_account_own_name"
	WaitRepayout        Step = "wait_repayout"
	AskBankNoReason     Step = "ask_bank_not_guess"
	CheckOldCard        Step = "check_old_card"
	CheckBankByNet      Step = "check_bank_by_net"
	SMSIsNoEvidence     Step = "sms_is_no_evidence"
	SendBankStatement   Step = "send_bank_statement"
	WithdrawInApp       Step = "withdraw_in_app"
	Accumulates         Step = "accumulates"
	SeeFee              Step = "see_fee"
	SeeOffset           Step = "see_offset"
	SeePayout           Step = "see_payout"
	VoidToday           Step = "void_today"
	RefundDuplicate     Step = "refund_duplicate"
	AskMerchantLimit    Step = "ask_merchant_limit"
	ChooseOne           Step = "choose_one"
	TellOneMore         Step = "tell_one_more"
	OwnerBinds          Step = "owner_binds"
	BindFirst           Step = "bind_first"
	WaitRecovery        Step = "wait_recovery"
	AgentChecksLedger   Step = "agent_checks_ledger"
	AgentTracesPayout   Step = "agent_traces_payout"
	CustomerCreditFreed Step = "credit_freed"
)

// StepInfo documents one step.
type StepInfo struct {
	Step  Step
	Actor Actor
	Means string // what the sentence has to say
}

// StepTable lists every step with who acts and what it means. The composer's
// tests walk through it.
func StepTable() []StepInfo {
	return []StepInfo{
		{WaitUntilDue, ActorNobody, "wait until Diagnosis.Due; nothing to do"},
		{DoNotReswipe, ActorMerchant, "do not charge again while the outcome is unknown"},
		{QueryOnTerminal, ActorMerchant, "query or reprint this transaction on the terminal"},
		{WaitAutoReversal, ActorAcquirer, "an unfinished transaction is reversed by the system"},
		{BotRechecks, ActorBot, "the bot looks again; a human takes over when it stays unclear"},
		{FollowCode, ActorMerchant, "do what Diagnosis.Code.Advice says"},
		{CollectAgain, ActorMerchant, "no money was taken: the sale may be charged again"},
		{CardholderAsksBank, ActorCardholder, "the cardholder asks the issuer, also about a debit that has to come back"},
		{CollectDebitProof, ActorMerchant, "terminal number, time, amount, last four digits, the payer's debit record"},
		{UploadOffline, ActorMerchant, "bring the terminal online, sign in, upload or settle the batch"},
		{KeepReceipts, ActorMerchant, "keep the slips until the money has come"},
		{CompletePreauth, ActorMerchant, "complete the pre-authorisation for the real amount"},
		{CancelPreauth, ActorMerchant, "or cancel it"},
		{CheckShift, ActorMerchant, "ask the shift that was at the till"},
		{RefundToCard, ActorAcquirer, "the refund goes back to the card or account that paid"},
		{SupplyEvidence, ActorMerchant, "hand in proof of the sale for the dispute"},
		{SubmitDocs, ActorMerchant, "hand in Diagnosis.Docs, by DocsDue where known"},
		{ReviewDecides, ActorAcquirer, "result and time are the acquirer's decision; no date"},
		{ContactAcquirer, ActorMerchant, "ask the acquirer through its verified channel"},
		{ContactAccountBank, ActorMerchant, "ask the account's bank to restore the account"},
		{AskBankLimit, ActorMerchant, "ask the account's bank about its inward limit"},
		{RebindClass1, ActorMerchant, "bind the owner's own class I card"},
		{ChangeAccount, ActorMerchant, "correct or change the account, in the owner's own name"},
		{WaitRepayout, ActorAcquirer, "it is paid out again once the account is right; no date"},
		{AskBankNoReason, ActorBank, "only the account's bank can explain a freeze by an authority; no guess"},
		{CheckOldCard, ActorMerchant, "look at the earlier account Settlement.AccountLast4"},
		{CheckBankByNet, ActorMerchant, "search the bank's list for the net amount and the paying time"},
		{SMSIsNoEvidence, ActorMerchant, "a missing SMS proves nothing"},
		{SendBankStatement, ActorMerchant, "if the bank's list has no such entry, send the list: a human traces it"},
		{WithdrawInApp, ActorMerchant, "press settle or withdraw in the acquirer's app"},
		{Accumulates, ActorNobody, "it is paid together with later sales once the minimum is reached"},
		{SeeFee, ActorNobody, "gross, rate, cap, fee, net"},
		{SeeOffset, ActorAcquirer, "each amount withheld"},
		{SeePayout, ActorNobody, "the sales of the payout, sum, fees, net"},
		{VoidToday, ActorMerchant, "nothing reverses itself: void the second one today, before the cut-off"},
		{RefundDuplicate, ActorMerchant, "nothing reverses itself: refund the second one to the card that paid"},
		{AskMerchantLimit, ActorMerchant, "the merchant's own limit stands behind it: ask the acquirer"},
		{ChooseOne, ActorMerchant, "choose from the list, or none of them"},
		{TellOneMore, ActorMerchant, "tell the fact that Result.Missing names"},
		{OwnerBinds, ActorMerchant, "the shop's owner binds with their own WeChat"},
		{BindFirst, ActorMerchant, "bind the shop first"},
		{WaitRecovery, ActorBot, "the look-up is repeated once the system answers"},
		{AgentChecksLedger, ActorAcquirer, "a human compares the rows that do not agree"},
		{AgentTracesPayout, ActorAcquirer, "a human traces the payout by its bank reference"},
		{CustomerCreditFreed, ActorNobody, "the rest of the pre-authorised sum went back to the cardholder; it never comes"},
	}
}
