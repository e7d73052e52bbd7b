// Command daozhang tells a shopkeeper where the card and QR takings are that
// have not arrived.
package main

func main() {}
